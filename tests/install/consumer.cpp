// SPDX-License-Identifier: Apache-2.0
// A program outside the tree: plans the pieces of an image and checks that they cover it.
#include <cstdint>
#include <iostream>

#include "tilewright/layout/pieces.h"

int main() {
    std::int64_t area = 0;
    for (const tilewright::Window& window : tilewright::pieces({800, 600}, 13)) area += window.area();
    std::cout << area << " pixels in 13 pieces\n";
    return area == 800 * 600 ? 0 : 1;
}
